"""The sheet of a closed round as a workbook, for who goes on calculating."""

from spm_monitor.rounds.sheet import COLUMNS, Sheet
from spm_monitor.workbooks import workbook


def workbook_of(sheet: Sheet) -> bytes:
    """XLSX with the rows, and what the round was."""
    rows = [[row[name] for name, _ in COLUMNS] for row in sheet["rows"]]
    facts = [
        ("Nomor", sheet["number"]), ("Dibuka", sheet["opened"]), ("Ditutup", sheet["closed"]),
        ("Oleh", sheet["by"]), ("Sebagai", sheet["capacity"]),
        ("Jurnal sampai urut", sheet["journal"]["seq"]), ("Segel", sheet["journal"]["digest"]),
    ]  # fmt: skip
    headings = [heading for _, heading in COLUMNS]
    return workbook([("Monitoring SPM", headings, rows), ("Putaran", ["Isian", "Isi"], facts)])
