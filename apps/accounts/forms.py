"""What a person may change about how pages look for them."""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminOwnPasswordChangeForm

from apps.accounts.models import Density, UpDown, User
from apps.accounts.services import replace_password


class PersonalForm(forms.ModelForm):
    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        widget=forms.RadioSelect,
        help_text=_("Also for messages that are sent to you."),
    )
    up_down = forms.ChoiceField(
        label=_("Which colour is up"),
        choices=UpDown.choices,
        widget=forms.RadioSelect,
        help_text=_(
            "Gains and losses also carry their sign; warnings keep their colour."
        ),
    )
    density = forms.ChoiceField(
        label=_("Density of tables"),
        choices=Density.choices,
        widget=forms.RadioSelect,
        help_text=_("Rows of 29, 34 or 42 pixels."),
    )

    class Meta:
        model = User
        fields = ("language", "up_down", "density")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        languages = settings.LANGUAGES
        cast(forms.ChoiceField, self.fields["language"]).choices = [
            ("", _("As the browser asks")),
            *(
                (code, get_language_info(code)["name_local"])
                for code, _name in languages
            ),
        ]


class OwnPasswordForm(AdminOwnPasswordChangeForm):
    """A person's new password; the old one may not be kept."""

    def clean_new_password1(self) -> str:
        password: str = self.cleaned_data["new_password1"]
        if self.user.check_password(password):
            raise forms.ValidationError(_("The new password is the old one."))
        return password

    def save(self, commit: bool = True) -> User:
        replace_password(person=self.user, password=self.cleaned_data["new_password1"])
        person: User = self.user
        return person
