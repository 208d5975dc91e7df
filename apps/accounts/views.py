"""Pages about oneself."""

from http import HTTPStatus

from django.contrib import admin, messages
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from apps.accounts.forms import OwnPasswordForm, PersonalForm
from apps.accounts.models import User


def personal(request: HttpRequest) -> HttpResponse:
    """Language, up and down, density: saved with the person, in force at once."""
    # A fresh copy: a refused form must not change the person the page is drawn for.
    person = User.objects.get(username=request.user.get_username())
    form = PersonalForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        form.save()
        translation.activate(person.language or translation.get_language())
        messages.success(request, _("Your settings are saved."))
        return redirect("admin:personal")
    title = _("Personal settings")
    context = {**admin.site.each_context(request), "form": form, "title": title}
    return TemplateResponse(request, "accounts/personal.html", context)


def password_change(request: HttpRequest) -> HttpResponseBase:
    """A password of one's own; also the only page open with a one-time password."""
    view = PasswordChangeView.as_view(
        form_class=OwnPasswordForm,
        template_name="registration/password_change_form.html",
        success_url=reverse("admin:index"),
        extra_context=admin.site.each_context(request),
    )
    answer = view(request)
    if request.method == "POST" and answer.status_code == HTTPStatus.FOUND:
        messages.success(request, _("Your password is changed."))
    return answer


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """The menu's switch: kept with the person, or it would lose to their own choice."""
    answer = set_language(request)
    chosen = request.POST.get("language", "")
    if translation.check_for_language(chosen):
        person = User.objects.filter(username=request.user.get_username())
        person.update(language=chosen)
    return answer
