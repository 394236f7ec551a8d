"""Who watches the SPM fills its monitoring form (SOP step 1), in offices founded before."""

from django.db import migrations

RIGHTS = {
    "fill_round": ("Mengisi putaran Monitoring SPM", ("kasi_pjt", "petugas")),
    "close_round": ("Menutup putaran Monitoring SPM", ("kasi_pjt",)),
}


def grant(apps, schema_editor):
    """Rights are made after all migrations; those given here must be there before."""
    posts = apps.get_model("people", "Post").objects
    if not posts.exists():  # a new office gets them with its posts
        return
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    rounds, _ = ContentType.objects.get_or_create(
        app_label="spm_monitor", model="monitoringround"
    )
    for codename, (name, codes) in RIGHTS.items():
        right, _ = Permission.objects.get_or_create(
            content_type=rounds, codename=codename, defaults={"name": name}
        )
        for post in posts.filter(code__in=codes):
            post.permissions.add(right)


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0006_right_to_pause"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
