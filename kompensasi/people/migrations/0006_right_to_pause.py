"""Who enters orders records what waits on the customer (DOMAIN 1), in offices founded before."""

from django.db import migrations

POSTS = ("kasi_pjt", "petugas")


def grant(apps, schema_editor):
    """Rights are made after all migrations; those given here must be there before."""
    posts = apps.get_model("people", "Post").objects.filter(code__in=POSTS)
    if not posts:  # a new office gets them with its posts
        return
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    order, _ = ContentType.objects.get_or_create(app_label="spm_monitor", model="order")
    right, _ = Permission.objects.get_or_create(
        content_type=order, codename="record_pause",
        defaults={"name": "Mencatat jeda karena menunggu pelanggan"},
    )
    for post in posts:
        post.permissions.add(right)


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0005_revoked_appointments"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
