"""python -m web: serves the pipeline to browsers and programs. See web/cli.py."""

import sys

try:
    from web.cli import main
except ModuleNotFoundError as error:
    print(f"{error}: install the extra `web`, as by pip install '.[web]'", file=sys.stderr)
    raise SystemExit(2) from error

if __name__ == "__main__":
    raise SystemExit(main())
