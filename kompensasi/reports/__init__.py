"""The year in figures: pages, a workbook and a sheet to sign, of orders and of what became of them.

Declared once (`figures_of`), shown three times.
"""
