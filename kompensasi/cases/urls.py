from django.urls import path

from kompensasi.cases import customer, views

urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("kasus/", views.case_list, name="cases"),
    path("kasus/buka/<int:order_pk>/", views.open_case, name="case-open"),
    path("kasus/<int:pk>/", views.case_page, name="case"),
    path("kasus/<int:pk>/batal/", views.cancel_case, name="case-cancel"),
    path("kasus/<int:pk>/langkah/<int:number>/", views.step_page, name="step"),
    path("kasus/<int:pk>/bukti/<int:visit_pk>/", views.visit_proof, name="visit-proof"),
    path("persetujuan/", views.approvals, name="approvals"),
    path("lacak/<str:token>/", customer.track, name="track"),
    path("lacak/<str:token>/surat/", customer.letter, name="track-letter"),
]
