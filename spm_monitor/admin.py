"""Master data in Django's admin: sections, services, promises, calendar, causes.

`Journalled` is the base of every admin page of the product: what is written there is an act too.
"""

from contextlib import nullcontext
from functools import cache
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import models
from django.forms import BaseFormSet
from django.forms.fields import Field
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.views.decorators.cache import never_cache

from spm_monitor import actions, journal, master_data
from spm_monitor.master_data import Facts
from spm_monitor.master_forms import SpmStandardForm, in_our_words
from spm_monitor.models import (
    Customer,
    DueChange,
    Holiday,
    JournalEntry,
    ObstacleCause,
    OfficeHours,
    OfficeSegment,
    Order,
    Overrun,
    Section,
    Service,
    SpmStandard,
)

ADMINISTER = "people.administer"
LONG = 80  # characters a line holds; longer texts get a wider one


class Journalled(admin.ModelAdmin):
    """Each write is one act of the journal, with before and after of what changed.

    Only what the page changed is written: a column that others move meanwhile (stock) stays theirs.
    """

    children: ClassVar[tuple[str, ...]] = ()
    """Accessors of the rows that are edited on the same page."""
    secrets: ClassVar[tuple[str, ...]] = ()
    """Fields whose change is recorded without what they hold."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Django's page; a POST is one act, so that the journal's lock is taken last."""
        with journal.act() if request.method == "POST" else nullcontext():
            return super().changeform_view(request, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save what changed, after a look at how it was."""
        form.was = self.facts(obj.pk) if change else {}
        if not change:
            super().save_model(request, obj, form, change)
            return
        stored = self.model._base_manager.get(pk=obj.pk)
        columns = master_data.changed_columns(obj, stored)
        obj.save(update_fields=[*columns, *master_data.stamps(obj)])

    def save_related(
        self, request: HttpRequest, form: Any, formsets: list[BaseFormSet], change: bool
    ) -> None:
        """Save the rest of the page, then note all of it."""
        super().save_related(request, form, formsets, change)
        is_now = self.facts(form.instance.pk)
        changed = [name for name, value in is_now.items() if form.was.get(name) != value]
        if change and not changed:
            return
        before = {name: form.was[name] for name in changed} if change else {}
        after = {name: is_now[name] for name in changed}
        self._note(request, "changed" if change else "added", form.instance, before, after)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is deleted here: other rows, and the journal, speak of it."""
        return False

    def facts(self, pk: Any) -> Facts:
        """What this page can change of a row, as it stands in the database."""
        obj = self.model._base_manager.get(pk=pk)
        found = master_data.facts(obj)
        for many in self.opts.many_to_many:
            found[many.name] = sorted(str(other) for other in getattr(obj, many.name).all())
        for name in self.children:
            link = self.model._meta.get_field(name).remote_field.name  # the way back is no news
            found[name] = [
                {key: value for key, value in master_data.facts(child).items() if key != link}
                for child in getattr(obj, name).all()
            ]
        return found

    def _note(
        self, request: HttpRequest, verb: str, obj: models.Model, before: Facts, after: Facts
    ) -> None:
        now = timezone.now()
        user: Any = request.user
        master_data.record(
            f"{self.opts.model_name}.{verb}", obj, by=user, secrets=self.secrets,
            capacity=user.capacity_for(ADMINISTER, None, now), now=now, before=before, after=after,
        )  # fmt: skip

    def formfield_for_dbfield(
        self, db_field: models.Field, request: HttpRequest, **kwargs: Any
    ) -> Field | None:
        """Django's field in words of ours, with room for long lines."""
        field = in_our_words(super().formfield_for_dbfield(db_field, request, **kwargs), db_field)
        line = type(db_field) is models.CharField and not db_field.choices
        if field is not None and line and (db_field.max_length or 0) > LONG:
            field.widget.attrs["class"] = "vLargeTextField"
        return field


class JournalledRows(admin.TabularInline):
    """Rows edited on the page of what they belong to; that page notes them (`children`)."""

    extra = 0

    def formfield_for_dbfield(
        self, db_field: models.Field, request: HttpRequest, **kwargs: Any
    ) -> Field | None:
        """As on the page itself."""
        return in_our_words(super().formfield_for_dbfield(db_field, request, **kwargs), db_field)


# Columns that no form of ours asks for, and so have no name for people of their own.
WORDS = {
    "by": "oleh", "case": "kasus", "customer": "pelanggan", "dispatch": "pengiriman",
    "finished_as": "diselesaikan sebagai", "finished_by": "diselesaikan oleh", "item": "barang",
    "letter": "surat", "monitoring_row": "baris monitoring", "number_key": "kunci nomor",
    "opened_by": "dibuka oleh", "order": "pesanan", "previous": "segel sebelumnya",
    "recorded_by": "dicatat oleh", "reservation": "sisihan", "revision": "revisi SOP",
    "row": "langkah", "section": "seksi", "signed_as": "ditandatangani sebagai",
    "signed_by": "ditandatangani oleh", "standard": "SPM", "version": "versi",
    "written_as": "ditulis sebagai", "written_by": "ditulis oleh",
}  # fmt: skip


@cache
def _in_words(model: type[models.Model], name: Any) -> Any:
    """A column under its Indonesian name: itself when it has one, else always one function."""
    fields = {field.name: field for field in model._meta.concrete_fields}
    nameless = name in fields and str(fields[name].verbose_name) == name.replace("_", " ")
    if not nameless or name not in WORDS:
        return name

    @admin.display(description=WORDS[name], ordering=name)
    def shown(obj: models.Model) -> Any:
        return getattr(obj, name)

    shown.__name__ = name
    return shown


class ReadOnly:
    """A page to look at: nothing is added, changed or deleted on it, whatever right one holds."""

    seen_with: ClassVar[str] = ""
    """The right that opens it, `app.codename`; empty: that of viewing the model itself."""

    def get_fields(self: Any, request: HttpRequest, obj: Any = None) -> list[Any]:
        """The columns named in `fields`, or all but those in `exclude`, in words of ours."""
        meta = self.model._meta
        columns = [
            field.name
            for field in (*meta.concrete_fields, *meta.many_to_many)
            if field.editable
            and not field.primary_key
            and field.name not in (self.exclude or ())
            and field.related_model is not getattr(self, "parent_model", object)
        ]
        return [_in_words(self.model, name) for name in self.fields or columns]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """All of them."""
        return self.get_fields(request, obj)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        user: Any = request.user
        if self.seen_with:
            return user.has_perm(self.seen_with)
        return super().has_view_permission(request, obj)  # type: ignore[misc]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyPage(ReadOnly, admin.ModelAdmin):
    """Rows that only the work of the office writes."""

    show_full_result_count = False

    def get_list_display(self: Any, request: HttpRequest) -> list[Any]:
        """The columns of the list in words of ours."""
        return [_in_words(self.model, name) for name in self.list_display]


class ReadOnlyRows(ReadOnly, admin.TabularInline):
    """Rows on the page of what they belong to."""

    extra = 0


@never_cache
def _sign_in_elsewhere(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    """The admin has no door of its own: sign in as everywhere, or hear that it is not yours."""
    if request.user.is_authenticated:
        raise PermissionDenied("Pengaturan dibuka oleh administrator.")
    return redirect_to_login(request.GET.get("next", resolve_url("admin:index")))


def _own_password(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    return redirect("password_change")


admin.site.site_header = "SPM & Kompensasi: pengaturan"
admin.site.site_title = "Pengaturan SPM & Kompensasi"
admin.site.index_title = "Data induk"
admin.site.login = _sign_in_elsewhere  # type: ignore[method-assign]
admin.site.password_change = _own_password  # type: ignore[assignment,method-assign]


@admin.register(Section)
class SectionAdmin(Journalled):
    list_display = ("name", "code")


@admin.register(Service)
class ServiceAdmin(Journalled):
    list_display = ("name", "code", "section", "active")
    list_filter = ("section", "active")
    list_select_related = ("section",)
    search_fields = ("name", "code")


@admin.register(SpmStandard)
class SpmStandardAdmin(Journalled):
    form = SpmStandardForm
    list_display = ("service", "days", "unit", "valid_from", "decree")
    list_filter = ("service",)
    list_select_related = ("service",)


@admin.register(Holiday)
class HolidayAdmin(ReadOnlyPage):
    """Changed on the office's own page, which shows first what a change would move."""

    list_display = ("date", "name", "joint", "local", "decree")
    list_filter = ("joint", "local")
    search_fields = ("name", "decree")
    date_hierarchy = "date"
    ordering = ("-date",)


class SegmentRows(ReadOnlyRows):
    model = OfficeSegment
    seen_with = "spm_monitor.view_officehours"


@admin.register(OfficeHours)
class OfficeHoursAdmin(ReadOnlyPage):
    """Likewise."""

    list_display = ("name", "valid_from", "valid_until", "decree")
    inlines = (SegmentRows,)


@admin.register(Customer)
class CustomerAdmin(Journalled):
    list_display = ("name", "accepts_gifts")
    search_fields = ("name",)


class DueChangeRows(ReadOnlyRows):
    model = DueChange
    seen_with = "spm_monitor.view_order"


class OverrunRows(ReadOnlyRows):
    model = Overrun
    seen_with = "spm_monitor.view_order"


@admin.register(Order)
class OrderAdmin(ReadOnlyPage):
    list_display = ("number", "customer", "service", "received_at", "due_at", "ready_at")
    list_select_related = ("customer", "service")
    list_filter = ("section",)
    search_fields = ("number", "customer__name")
    exclude = tuple(sorted(actions.PERSONAL))  # how to reach somebody is not needed here
    inlines = (DueChangeRows, OverrunRows)


@admin.register(JournalEntry)
class JournalEntryAdmin(ReadOnlyPage):
    list_display = ("seq", "at", "verb", "actor", "capacity", "subject", "subject_id")
    list_select_related = ("actor",)
    search_fields = ("verb", "subject", "capacity")
    ordering = ("-seq",)


@admin.register(ObstacleCause)
class ObstacleCauseAdmin(Journalled):
    list_display = ("name", "code", "sentence", "position")
