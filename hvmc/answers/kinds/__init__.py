"""One file per kind of answer; a new file here is a new kind. Nothing else belongs here."""
