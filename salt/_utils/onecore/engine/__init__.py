"""Makes a cloud hold what is declared, whatever the kind: converge, remove, rename, report.

For whoever has declarations.
"""
