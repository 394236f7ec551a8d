"""Demo people, orders and cases: named after posts, dated relative to today."""
