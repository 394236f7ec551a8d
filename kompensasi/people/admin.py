"""Accounts, posts and appointments."""

from typing import Any

from axes.utils import reset as reset_failures
from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.auth import password_validation
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db.models import ForeignKey, ManyToManyField, Q, QuerySet
from django.forms import BaseFormSet
from django.http import HttpRequest
from django.utils import timezone

from kompensasi.people.actions import (
    TEMPORARY_FOR,
    refuse_impossible,
    refuse_lock_out,
    refuse_lock_out_by,
    shut_if_closed,
)
from kompensasi.people.forms import AccountForm, AppointmentForm
from kompensasi.people.models import Appointment, Post, PostTitle, User
from kompensasi.people.views import ABOUT_PASSWORDS
from spm_monitor.admin import Journalled, JournalledRows
from spm_monitor.wording import lower_first

# Django names its own four rights of a model in English.
DOING = {"add": "Menambah", "change": "Mengubah", "delete": "Menghapus", "view": "Melihat"}
# Of the rights to view that Django makes, those of what is only read.
READING = (
    "view_order", "view_case", "view_letter", "view_journalentry", "view_revision",
    "view_revisionstep", "view_revisiontext",
)  # fmt: skip
OUR_APPS = ("spm_monitor", "people", "sop", "letters", "souvenirs", "cases")


class UserForm(AccountForm):
    """An account. Its password can be set here and never read."""

    new_password = forms.CharField(
        label="Kata sandi baru",
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=f"{ABOUT_PASSWORDS} Kosong: kata sandi tetap; akun baru belum dapat masuk."
        " Pemilik akun menggantinya saat pertama masuk, dalam tiga hari.",
    )

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        password = self.cleaned_data.get("new_password")
        if password:
            try:
                password_validation.validate_password(password, self.instance)
            except ValidationError as error:
                self.add_error("new_password", error)

    def save(self, commit: bool = True) -> User:
        """The account with its new password; a new account without one cannot sign in."""
        password = self.cleaned_data.get("new_password")
        if password:
            self.instance.set_password(password)
            self.instance.temporary_until = timezone.now() + TEMPORARY_FOR
        elif self.instance.pk is None:
            self.instance.set_unusable_password()
        return super().save(commit)


@admin.register(User)
class UserAdmin(Journalled):
    form = UserForm
    fields = ("username", "full_name", "nip", "email", "is_active", "new_password", "last_login")
    readonly_fields = ("last_login",)
    list_display = ("username", "full_name", "nip", "is_active", "is_demo", "last_login")
    list_filter = ("is_active",)
    search_fields = ("username", "full_name", "nip")
    secrets = ("password",)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """A closed account is put out everywhere; nobody closes the own one."""
        shut_if_closed(obj, request.user)
        super().save_model(request, obj, form, change)
        if form.cleaned_data.get("new_password"):
            reset_failures(username=obj.username)  # who was locked out need not wait
        refuse_lock_out(timezone.now())


class RightsField(forms.ModelMultipleChoiceField):
    """Rights in words of ours."""

    def label_from_instance(self, obj: Permission) -> str:
        doing, _, model = obj.codename.partition("_")
        kind = apps.get_app_config(obj.content_type.app_label).verbose_name
        if doing in DOING and model == obj.content_type.model:
            return f"{kind}: {DOING[doing].lower()} {obj.content_type.name}"
        return f"{kind}: {lower_first(obj.name)}"


class TitleRows(JournalledRows):
    model = PostTitle


@admin.register(Post)
class PostAdmin(Journalled):
    list_display = ("__str__", "code", "per_section", "exclusive", "external", "position")
    fields = ("code", "position", "per_section", "exclusive", "external", "permissions")
    filter_horizontal = ("permissions",)
    inlines = (TitleRows,)
    children = ("titles",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Post]:
        return super().get_queryset(request).prefetch_related("titles")

    def save_related(
        self, request: HttpRequest, form: Any, formsets: list[BaseFormSet], change: bool
    ) -> None:
        """Rights given and taken; that of the last administrator stays."""
        super().save_related(request, form, formsets, change)
        refuse_lock_out(timezone.now())

    def get_readonly_fields(self, request: HttpRequest, obj: Post | None = None) -> tuple[str, ...]:
        """A code that fixtures and revisions may name stays."""
        return () if obj is None else ("code",)

    def formfield_for_manytomany(
        self, db_field: ManyToManyField, request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Rights of our own rooms; of the many that Django makes, those that open something."""
        written = [m for m, page in admin.site._registry.items() if isinstance(page, Journalled)]
        written_here = ContentType.objects.get_for_models(*written).values()
        opens = ~Q(codename__regex=r"^(add|change|delete|view)_") | Q(codename__in=READING)
        opens |= Q(content_type__in=written_here)
        kwargs["form_class"] = RightsField
        kwargs["queryset"] = (
            Permission.objects.filter(content_type__app_label__in=OUR_APPS)
            .filter(opens | Q(posts__isnull=False))  # what is held must not fall out by saving
            .select_related("content_type")
            .distinct()
        )
        return super().formfield_for_manytomany(db_field, request, **kwargs)


@admin.register(Appointment)
class AppointmentAdmin(Journalled):
    form = AppointmentForm
    list_display = ("__str__", "user", "in_force_now", "starts_on", "ends_on", "order_number")
    search_fields = ("user__full_name", "user__username", "post__titles__title", "order_number")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Appointment]:
        rows = super().get_queryset(request).select_related("user", "post", "section")
        return rows.prefetch_related("post__titles")

    def save_model(self, request: HttpRequest, obj: Appointment, form: Any, change: bool) -> None:
        """As by the office's own page: looked at again under the post's lock."""
        refuse_impossible(obj, timezone.now())
        super().save_model(request, obj, form, change)
        refuse_lock_out_by(obj, timezone.now())

    @admin.display(description="berlaku hari ini", boolean=True)
    def in_force_now(self, appointment: Appointment) -> bool:
        """Whether it gives its rights now."""
        return appointment.in_force(timezone.now())

    def formfield_for_foreignkey(
        self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Only posts that people of the office hold."""
        if db_field.name == "post":
            kwargs["queryset"] = Post.objects.filter(external=False).prefetch_related("titles")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
