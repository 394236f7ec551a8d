"""Who fills the monitoring form, hears of dues and sets the watch, in offices founded before."""

from django.db import migrations

RIGHTS = {
    ("monitoringround", "fill_round"): (
        "Mengisi putaran Monitoring SPM", ("kasi_pjt", "petugas"),
    ),
    ("monitoringround", "close_round"): ("Menutup putaran Monitoring SPM", ("kasi_pjt",)),
    ("order", "hear_reminders"): (
        "Menerima pengingat target", ("kasi_pjt", "pj_teknis", "kepala_seksi"),
    ),
    ("order", "record_stage"): (
        "Mencatat tahap pekerjaan", ("kasi_pjt", "petugas", "pj_teknis", "kepala_seksi"),
    ),
    ("watchrules", "view_watchrules"): ("Can view aturan pengawasan", ("admin",)),
    ("watchrules", "change_watchrules"): ("Can change aturan pengawasan", ("admin",)),
}  # fmt: skip


def grant(apps, schema_editor):
    """Rights are made after all migrations; those given here must be there before."""
    posts = apps.get_model("people", "Post").objects
    if not posts.exists():  # a new office gets them with its posts
        return
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    for (model, codename), (name, codes) in RIGHTS.items():
        kind, _ = ContentType.objects.get_or_create(app_label="spm_monitor", model=model)
        right, _ = Permission.objects.get_or_create(
            content_type=kind, codename=codename, defaults={"name": name}
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
