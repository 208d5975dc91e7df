"""What a person may change about how pages look for them."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Density, UpDown, User


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
        self.fields["language"].choices = [
            ("", _("As the browser asks")),
            *(
                (code, get_language_info(code)["name_local"])
                for code, _name in languages
            ),
        ]
