"""What an import will not do."""

from crm_store.refusals import Refusal


class NoSuchImport(Refusal):
    """No facts."""

    template = "no_such_import"


class ImportOver(Refusal):
    """facts: state (ImportState). It was begun, dropped or undone already."""

    template = "import_over"


class NothingImported(Refusal):
    """No facts. There is no import that could be undone."""

    template = "nothing_imported"
