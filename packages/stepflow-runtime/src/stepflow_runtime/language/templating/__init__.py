"""Texts and expressions in Jinja syntax: parsed by Jinja2, run by closures that can only reach data.

`syntax` parses, `references`, `expressions` and `statements` turn the parsed nodes into closures, `values`,
`operators`, `filters` and `predicates` are what those do with data, `limits` bounds how much of it.
Nothing here is imported before the first text is compiled, since Jinja2 takes 80 ms to import.
"""
