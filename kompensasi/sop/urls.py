"""The procedure, as the office published it."""

from django.urls import path

from kompensasi.sop import views

urlpatterns = [
    path("", views.sop, name="sop"),
    path("<slug:code>/", views.sop, name="sop-revision"),
]
