"""The checksums of exported models: they show that the files are unchanged.

`python -m engine.checksums models/*` writes the checksums again; `sha256sum -c SHA256SUMS` checks a model by hand.
"""

import argparse
import hashlib
from pathlib import Path

SUMS = "SHA256SUMS"


class ModelError(ValueError):
    """A model that is refused: what is wrong with it, and what to do."""


def seal(path: Path) -> None:
    """Write the SHA-256 sums of all files of an exported model into its SHA256SUMS; call it last."""
    sums = {name: _sum((path / name).read_bytes()) for name in _files(path)}
    (path / SUMS).write_text("".join(f"{digest}  {name}\n" for name, digest in sums.items()))


def verified_files(path: Path, name: str) -> dict[str, bytes]:
    """The contents of all files of an exported model, `name` among them, if they match their checksums.

    Raises:
        FileNotFoundError: there is no model at `path`.
        ModelError: a file was changed, is missing, or was added; or the model has no checksums.
    """
    if not (path / name).exists():
        raise FileNotFoundError(f"no model in {path}: expected a SavedModel written by an export command")
    if not (path / SUMS).exists():
        remedy = f"export it again or, if you trust where it comes from, run python -m engine.checksums {path}"
        raise ModelError(f"{path} has no {SUMS}, so its weights cannot be checked: {remedy}")
    lines = [line.split("  ", 1) for line in (path / SUMS).read_text().splitlines()]
    sums = {file: digest for digest, file in lines}
    contents = {file: (path / file).read_bytes() for file in _files(path)}
    found = {file: _sum(content) for file, content in contents.items()}
    wrong = sorted(file for file in {*sums, *found, name} if found.get(file) != sums.get(file))
    if wrong:
        file = wrong[0]
        reason = (
            "has no checksum" if file not in sums else "is missing" if file not in found else "has another checksum"
        )
        remedy = "get the model again, or export it again"
        raise ModelError(f"{path / file} {reason} (expected {sums.get(file)}, got {found.get(file)}): {remedy}")
    return contents


def fingerprint(path: Path) -> str:
    """A short digest of the checksums of an exported model: another one for other weights."""
    sums = path / SUMS
    return hashlib.sha256(sums.read_bytes() if sums.exists() else b"").hexdigest()[:12]


def _files(path: Path) -> list[str]:
    """All files of a model except hidden ones and SHA256SUMS, as relative paths, sorted."""
    files = (file.relative_to(path) for file in path.rglob("*") if file.is_file())
    return sorted(
        file.as_posix()
        for file in files
        if file.as_posix() != SUMS and not any(part.startswith(".") for part in file.parts)
    )


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m engine.checksums", description="Write the checksums of models.")
    parser.add_argument("models", type=Path, nargs="+", help="folders of exported models; others are skipped")
    for path in parser.parse_args(arguments).models:
        if (path / "saved_model.pb").exists():
            seal(path)


if __name__ == "__main__":
    main()
