"""Families of cases: every module here has ``CASES``, a tuple of `hvmc.validation.case.Case`."""
