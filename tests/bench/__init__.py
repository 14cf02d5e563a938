"""``make bench``: how fast a lint is, beside parsing the same bytes and beside other linters."""
