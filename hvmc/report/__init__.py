"""The answer as one page to hand over: complete without network and without JavaScript.

`page.report_page` lays out what `hvmc.answers` has estimated: sentences, the blocks and figures of
each kind by chapter, settings, provenance, failures. Here they become HTML; nothing is estimated.
``report.html.j2`` is the page (Jinja2, everything escaped), ``report.css`` its look on screens and
paper, ``report.js`` what pointing at a curve shows.
"""
