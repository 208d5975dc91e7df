"""Hashed static names, also inside JavaScript modules."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):
    """Rewrites ``import`` statements, so a module never loads a stale neighbour."""

    support_js_module_import_aggregation = True
