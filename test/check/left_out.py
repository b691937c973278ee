# SPDX-License-Identifier: MIT
"""What doc/coverage.md says the tests leave out, held against what they do.

A part of the page is headed "### FILE, FUNCTION", gives a reason, and quotes
the source, a row each, indented by four, the text as it stands there:

    line       a line that is not run and has no branches
    1/2        a line with so many of its branches not taken
    condition  one that never decides alone what its decision comes to
"""
import collections
import re

HEAD = re.compile(r'### (\S+), (\w+)$')
ROW = re.compile(r'    (line|\d+/\d+|condition) +(.+)$')
PAGE = 'doc/coverage.md'


def squeezed(text):
    return ' '.join(text.split())


def listed():
    """The page's rows, counted, as (file, function, mark, text)."""
    rows = collections.Counter()
    where = None
    with open(PAGE, encoding='utf-8') as page:
        for line in page:
            head, row = HEAD.match(line), ROW.match(line)
            if line.startswith('#'):
                where = head and head.groups()
            elif row and where:
                rows[(*where, row[1], squeezed(row[2]))] += 1
    return rows


def tell(what, rows):
    if rows:
        print(what)
    for (file, function, mark, text), n in sorted(rows.items()):
        for _ in range(n):
            print(f'    {file}, {function}: {mark:9}  {text}')


def agree(found, marks):
    """Whether the page has what was found, and no more, of these marks."""
    rows = collections.Counter(
        {row: n for row, n in listed().items() if re.fullmatch(marks, row[2])})
    found = collections.Counter(found)
    tell(f'Not in {PAGE}:', found - rows)
    tell(f'Stale in {PAGE}, covered or changed:', rows - found)
    return found == rows
