"""Read and write the lists that are kept beside the tests and compared word by word."""

import csv


def read(path, columns):
    """Return the rows of a list, as tuples."""
    with path.open(encoding="utf-8", newline="") as file:
        return [tuple(row[column] for column in columns) for row in csv.DictReader(file)]


def write(path, columns, rows):
    """Write a list anew."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([columns, *rows])
