"""python pipeline.py FOLDER: finds and names the garments in a folder of photos. See pipeline/cli.py."""

from pipeline.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
