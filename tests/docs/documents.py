"""Documents, their links and their commands."""

import json
import re
import shlex
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "models" / "README.md"]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
PROGRAMS = ("python", "make", "bash", ".venv/bin/python")


class Command(NamedTuple):
    """A command of a document; one in running text may leave out what must be given."""

    words: tuple[str, ...]
    inline: bool


def text_of(file: Path) -> str:
    """A document, or the words and code of a notebook."""
    if file.suffix != ".ipynb":
        return file.read_text(encoding="utf-8")
    cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def fenced(text: str, kind: str) -> list[str]:
    """The blocks of code of that kind, '' for those without one."""
    return [body for info, body in FENCE.findall(text) if info == kind]


def commands(text: str) -> list[Command]:
    """The commands of a document, in order, those of blocks first."""
    found = [Command(words, False) for block in fenced(text, "") for words in of_block(block)]
    inline = re.findall(r"(?<!`)`([^`]+)`(?!`)", FENCE.sub("", text))
    spans = [
        shlex.split(re.sub(r"[\[\]]", "", span), comments=True) for span in inline if span.split(" ")[0] in PROGRAMS
    ]
    return found + [Command(tuple(words), True) for words in spans if len(words) > 1]


def of_block(block: str) -> list[tuple[str, ...]]:
    """The commands of a block; of one with prompts only what follows a prompt, none of a block of something else."""
    lines = block.replace("\\\n", " ").splitlines()
    if any(line.startswith("$ ") for line in lines):
        lines = [line[2:] for line in lines if line.startswith("$ ")]
    variables, found = {"DATA": "DATA"}, []
    for line in lines:
        for name, value in re.findall(r'([A-Z]+)="([^"]*)"', line):
            variables[name] = re.sub(r"\$([A-Z]+)", lambda match: variables[match[1]], value)
        if line.split(" ")[0] in PROGRAMS:
            known = re.sub(r"\$([A-Z]+)", lambda match: variables[match[1]], line)
            found.append(tuple(shlex.split(known, comments=True)))
    return found


def anchors(file: Path) -> set[str]:
    """What `file#anchor` may name: the headings as GitHub writes them."""
    titles = re.findall(r"^#+ (.+)$", FENCE.sub("", text_of(file)), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}
