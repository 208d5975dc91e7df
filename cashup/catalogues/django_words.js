// Words of Django's admin scripts that its Chinese catalogue lacks; never loaded.

gettext('Choose %s by selecting them and then select the "Choose" arrow button.');
gettext("Choose all %s");
gettext("Choose selected %s");
gettext('Remove %s by selecting them and then select the "Remove" arrow button.');
gettext("Remove all %s");
gettext("Remove selected %s");
gettext("(click to clear)");
