"""Show what a data set holds: python -m readers NAME PATH"""

import argparse
import os
from pathlib import Path

from garments.coco import write_coco
from garments.command import command
from garments.storage import save_table
from readers import READERS, options_of, read
from readers.counts import counts

SHOWN = 20  # different problems on the screen; --problems writes all


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    written = {name: ", ".join(options_of(reader).values()) for name, reader in READERS.items()}
    options = "; ".join(f"{name}: {options}" for name, options in written.items() if options)
    epilog = f"options, as in PATH?outlines or PATH?split=val (several joined by &): {options}"
    parser = argparse.ArgumentParser(prog="python -m readers", description=__doc__.partition(":")[0], epilog=epilog)
    parser.add_argument("name", choices=READERS, metavar="NAME", help=", ".join(READERS))
    parser.add_argument("path", metavar="PATH[?OPTION]", help="the folder that holds the data set")
    parser.add_argument("--split", action="append", help="only this split; repeatable")
    parser.add_argument("--coco", type=Path, metavar="FILE", help="write it as COCO's JSON")
    parser.add_argument("--table", type=Path, metavar="FOLDER", help="write it as Parquet files")
    parser.add_argument("--problems", type=Path, metavar="CSV", help="write what could not be used")
    parser.add_argument("--duplicates", action="store_true", help="find duplicate photos")
    parser.add_argument("--page", type=Path, metavar="FOLDER", help="write an HTML page of it")
    parser.add_argument("--audit", action="store_true", help="find labels and boxes that are likely wrong; needs --out")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="folder for the audit; the same call resumes it")
    args = parser.parse_args(arguments)
    if args.audit != bool(args.out):
        parser.error("--audit and --out FOLDER belong together: give both, or neither")
    table = read(f"{args.name}:{args.path}")
    table = table.in_splits(*args.split) if args.split else table
    print(counts(table).to_string())
    print(f"\n{len(table.problems)} problems" + (":" if len(table.problems) else ""))
    alike = table.problems.groupby(["reason", "remedy"], sort=False)["file"].agg(["first", "size"]).reset_index()
    for row in alike.head(SHOWN).itertuples():
        print(f"  {row.first}{f' and {row.size - 1} more' * (row.size > 1)}: {row.reason}; {row.remedy}")
    if len(alike) < len(table.problems) or len(alike) > SHOWN:
        print(f"  ({len(alike)} different problems; --problems CSV writes them all, a line a file)")
    if args.coco:
        write_coco(table, args.coco)
    if args.table:
        save_table(table, args.table)
    if args.problems:
        table.problems.to_csv(args.problems, index=False)
    if args.page:
        from reports.data import report

        print(report(table, args.name, args.page))
    if args.audit:
        from reports.audit import audit

        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        print(audit(table, args.name, args.out))
    if args.duplicates:
        from readers.duplicates import duplicates

        pairs = duplicates(table)
        across = (pairs["split"] != pairs["other_split"]).sum()
        print(f"\n{len(pairs)} pairs of photos look the same, {across} of them in different splits")
        print(pairs.head(SHOWN).to_string(index=False) if len(pairs) else "", end="\n" if len(pairs) else "")


if __name__ == "__main__":
    main()
