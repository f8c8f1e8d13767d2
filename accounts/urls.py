from django.urls import path

from accounts.views import inbox, invitations, people, profile, second_factor, sign_in

app_name = "accounts"
urlpatterns = [
    path("masuk/", sign_in.sign_in, name="sign_in"),
    path("masuk/kode/", second_factor.totp_verify, name="totp_verify"),
    path("keluar/", sign_in.sign_out, name="sign_out"),
    path("kata-sandi/", profile.password_change, name="password_change"),
    path("kata-sandi/pastikan/", profile.confirm_password, name="confirm_password"),
    path("undangan/<str:token>/", invitations.invitation_accept, name="invitation_accept"),
    path("profil/", profile.profile, name="profile"),
    path("profil/peran/", profile.membership_switch, name="membership_switch"),
    path("profil/dua-langkah/", second_factor.totp_setup, name="totp_setup"),
    path("profil/dua-langkah/matikan/", second_factor.totp_remove, name="totp_remove"),
    path("profil/kode-cadangan/", second_factor.recovery_codes, name="recovery_codes"),
    path("kotak-masuk/", inbox.inbox, name="inbox"),
    path("kotak-masuk/<int:notice_id>/", inbox.notice_open, name="notice_open"),
    path("orang/", people.person_list, name="person_list"),
    path("orang/undang/", people.person_invite, name="person_invite"),
    path("orang/<int:pk>/", people.person_detail, name="person_detail"),
    path("orang/<int:pk>/jejak/", people.person_history, name="person_history"),
    path("orang/<int:pk>/tautan/", people.person_reset, name="person_reset"),
    path("orang/<int:pk>/dua-langkah/", people.person_second_factor_remove, name="person_second_factor_remove"),
    path("orang/<int:pk>/akun/", people.person_close, name="person_close"),
    path("orang/<int:pk>/akhiri/", people.membership_end, name="membership_end"),
    path("orang/<int:pk>/buka-lagi/", people.membership_reopen, name="membership_reopen"),
]
