"""What a command leaves behind in a file."""

from __future__ import annotations

from pathlib import Path

import click

from oncourse.problem import Refused


def write(path: Path, content: bytes) -> None:
    """The content as that file, in place of an older one; `-` is standard output. Raises Refused if it cannot be."""
    if str(path) == "-":
        click.echo(content, nl=False)
        return
    try:
        path.write_bytes(content)
    except OSError as error:
        raise Refused(f"{path}: {error.strerror or error}", "give a file that may be written") from None
