#!/usr/bin/env python3
"""Make regions/data/regions.csv.gz from the unpacked npm package idn-area-data.

    npm pack idn-area-data@4.0.1 && tar xzf idn-area-data-4.0.1.tgz
    python scripts/make_regions_csv.py package

Writes `code,name`, sorted by the bytes of the code, and the licence text beside it. The same package gives the same
bytes again. Refuses a package whose columns are not the expected ones.
"""

import csv
import gzip
import io
import shutil
import sys
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "regions" / "data"
COLUMNS = {
    "provinces.csv": ["code", "name"],
    "regencies.csv": ["code", "province_code", "name"],
    "districts.csv": ["code", "regency_code", "name"],
    "villages.csv": ["code", "district_code", "name"],
}


def rows(package: Path) -> list[tuple[str, str]]:
    """(code, name) of every region in the package, names with single spaces, sorted by code."""
    found: list[tuple[str, str]] = []
    for file, columns in COLUMNS.items():
        with (package / "data" / file).open(encoding="utf-8", newline="") as text:
            reader = csv.DictReader(text)
            if reader.fieldnames != columns:
                sys.exit(f"{file}: columns are {reader.fieldnames}, expected {columns}")
            found += [(row["code"], " ".join(row["name"].split())) for row in reader]
    return sorted(found, key=lambda row: row[0].encode())


def write(found: list[tuple[str, str]], target: Path) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["code", "name"])
    writer.writerows(found)
    with target.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        packed.write(text.getvalue().encode())


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    package = Path(sys.argv[1])
    found = rows(package)
    write(found, DATA / "regions.csv.gz")
    shutil.copyfile(package / "data" / "LICENSE.md", DATA / "LICENSE-ODbL.md")
    print(f"{len(found)} regions")


if __name__ == "__main__":
    main()
