"""People and the audit trail."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from apps.accounts.models import User
from apps.common.admin import DeskAdmin, ServiceOwned
from apps.common.models import AuditEntry

admin.site.unregister(Group)


@admin.register(Group)
class RoleAdmin(DeskAdmin, GroupAdmin):
    """Django's groups are the desk's roles."""


@admin.register(User)
class PersonAdmin(DeskAdmin, UserAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "is_superuser", "is_active", "last_login")
    list_filter = ("is_superuser", "is_active", "groups")
    fieldsets = (
        (None, {"fields": ("username", "password", "must_change_password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email")}),
        (
            _("Rights"),
            {"fields": ("is_active", "is_staff", "is_superuser", "groups")},
        ),
        (_("Pages"), {"fields": ("language", "up_down", "density")}),
    )


@admin.register(AuditEntry)
class AuditEntryAdmin(ServiceOwned, DeskAdmin):
    list_display = ("sequence", "at", "actor_name", "action", "object_name")
    list_filter = ("action",)
    search_fields = ("actor_name", "action", "object_name", "request_id")
