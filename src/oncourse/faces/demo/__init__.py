"""THE PROGRAM IS TRIED HERE: a clinic of invented patients and staff, dated so that today is always the telling day."""
