"""Addresses of the administrator's page of letterheads and templates, below `/pengaturan/kop/`."""

from django.urls import path, re_path

from kompensasi.letters import settings_views as views

urlpatterns = [
    path("", views.letterheads, name="letterheads"),
    path("baru/", views.letterhead_new, name="letterhead-new"),
    path("<int:pk>/", views.letterhead_edit, name="letterhead"),
    path("templat/baru/<slug:variant>/", views.template_new, name="template-new"),
    path("templat/<int:pk>/", views.template_edit, name="template"),
    re_path(
        r"^contoh/(?P<kind>kop|templat)-(?P<pk>[0-9]{1,9})\.pdf$",
        views.sample,
        name="sample-letter",
    ),
]
