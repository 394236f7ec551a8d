"""The demo in a real installation: nothing of it may stay where an office works."""

from django.conf import settings
from django.db import connection

from kompensasi.people.models import User


def people() -> int:
    """How many demo accounts are in the database of what is no demo."""
    if settings.DEMO or User._meta.db_table not in connection.introspection.table_names():
        return 0
    return User.objects.filter(is_demo=True).count()


def sentence() -> str:
    """What to do about them; "" when there are none."""
    count = people()
    if not count:
        return ""
    return (
        f"Basis data ini berisi contoh ({count} akun contoh), padahal DEMO=0. Mulailah pekerjaan"
        " yang sebenarnya dengan basis data dan DATA_DIR yang kosong."
    )
