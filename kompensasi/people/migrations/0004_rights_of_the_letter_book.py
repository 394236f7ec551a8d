"""The agenda clerk types and withdraws numbers (DOMAIN 6), in offices founded before."""

from django.db import migrations

RIGHTS = {"type_number": "Mengetik nomor surat", "void_letter": "Membatalkan surat"}


def grant(apps, schema_editor):
    """Rights are made after all migrations; those given here must be there before."""
    Post = apps.get_model("people", "Post")
    clerk = Post.objects.filter(code="agenda").first()
    if clerk is None:  # a new office gets them with its posts
        return
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    letter, _ = ContentType.objects.get_or_create(app_label="letters", model="letter")
    for codename, name in RIGHTS.items():
        right, _ = Permission.objects.get_or_create(
            content_type=letter, codename=codename, defaults={"name": name}
        )
        clerk.permissions.add(right)


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0003_temporary_password"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
