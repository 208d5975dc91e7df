"""The form of an exchange: what is wrong stands beside its field before it is saved."""

from typing import Any

from django import forms

from apps.common.errors import InvalidFields, InvalidInput, Unavailable
from apps.markets.models import Exchange
from apps.markets.services import exchanges


class ExchangeForm(forms.ModelForm):
    class Meta:
        model = Exchange
        fields = exchanges.SETTINGS

    def _post_clean(self) -> None:
        """After Django has put the values on the row: would a gateway open there?"""
        super()._post_clean()  # type: ignore[misc]
        if self.errors or not self.has_changed():
            return
        try:
            exchanges.check_settings(self.instance)
        except InvalidFields as error:
            for field, text in error.errors.items():
                self._blame(field, text)
        except (InvalidInput, Unavailable) as error:
            self._blame(error.field, str(error))

    @property
    def values(self) -> dict[str, Any]:
        """What the service takes; a row that is shown only leaves its field out."""
        given = self.cleaned_data
        return {name: given[name] for name in exchanges.SETTINGS if name in given}

    def _blame(self, field: str, text: str) -> None:
        self.add_error(field if field in self.fields else None, text)
