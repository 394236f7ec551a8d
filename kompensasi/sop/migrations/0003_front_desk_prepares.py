"""The front desk prepares what the Kasi PJT sends (DOMAIN 1), in revisions published before."""

from django.db import migrations

PREPARED = {  # code of the revision, post that does the step: numbers
    ("21-bipa-5-a", "kasi_pjt"): (1, 3, 5, 8, 11),
    ("21-bipa-5-b", "kasi_pjt"): (6,),
}
DELEGABLE = {"21-bipa-5-a": (3, 5, 11)}


def name_who_prepares(apps, schema_editor):
    Post = apps.get_model("people", "Post")
    RevisionStep = apps.get_model("sop", "RevisionStep")
    desk = Post.objects.filter(code="petugas").first()
    if desk is None:
        return
    for (code, actor), numbers in PREPARED.items():
        rows = RevisionStep.objects.filter(revision__code=code, actor__code=actor)
        rows.filter(number__in=numbers).update(prepared_by=desk)
        rows.filter(number__in=DELEGABLE.get(code, ())).update(delegable=True)


class Migration(migrations.Migration):
    dependencies = [("sop", "0002_who_prepares_a_step")]

    operations = [migrations.RunPython(name_who_prepares, migrations.RunPython.noop)]
