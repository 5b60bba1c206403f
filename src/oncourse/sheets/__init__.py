"""What leaves on paper: worksheet, labels, calendar, summary and the pack for when nothing runs."""
