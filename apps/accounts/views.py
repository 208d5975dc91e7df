"""Pages about oneself."""

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from apps.accounts.forms import PersonalForm
from apps.accounts.models import User


def personal(request: HttpRequest) -> HttpResponse:
    """Language, up and down, density: saved with the person, in force at once."""
    # A fresh copy: a refused form must not change the person the page is drawn for.
    person = User.objects.get(pk=request.user.pk)
    form = PersonalForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        form.save()
        translation.activate(person.language or translation.get_language())
        messages.success(request, _("Your settings are saved."))
        return redirect("admin:personal")
    title = _("Personal settings")
    context = {**admin.site.each_context(request), "form": form, "title": title}
    return TemplateResponse(request, "accounts/personal.html", context)


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """The menu's switch: kept with the person, or it would lose to their own choice."""
    answer = set_language(request)
    chosen = request.POST.get("language", "")
    if translation.check_for_language(chosen):
        User.objects.filter(pk=request.user.pk).update(language=chosen)
    return answer
