# SPDX-License-Identifier: MIT
"""What doc/coverage.md says the tests leave out, held against what they do.

A part of that page is headed "### FILE, FUNCTION", gives its reason, and quotes
the source, a row each, indented by four, the text as it stands there:

    line       a line that is not run and has no branches
    1/2        a line with so many of its branches not taken
    condition  one that never alone decides what its decision comes to

A ? behind the mark says that it depends on the run: covered or not, both pass.
With LEFT_OUT=told a difference is told and no failure: what is run can differ
from one machine to the next.
"""
import collections
import os
import re

HEAD = re.compile(r'### (\S+), (\w+)$')
ROW = re.compile(r'    (line|\d+/\d+|condition)(\??) +(.+)$')
PAGE = 'doc/coverage.md'
TOLD = os.environ.get('LEFT_OUT') == 'told'


def squeezed(text):
    return ' '.join(text.split())


def listed(marks):
    """The page's rows of some marks, counted, as (file, function, mark, text):
    those that must be left out, and those that may be."""
    must, may = collections.Counter(), collections.Counter()
    where = None
    with open(PAGE, encoding='utf-8') as page:
        for line in page:
            head, row = HEAD.match(line), ROW.match(line)
            if line.startswith('#'):
                where = head and head.groups()
            elif row and where and re.fullmatch(marks, row[1]):
                rows = may if row[2] else must
                rows[(*where, row[1], squeezed(row[3]))] += 1
    return must, may


def tell(what, rows):
    if rows:
        print(what)
    for (file, function, mark, text), n in sorted(rows.items()):
        for _ in range(n):
            print(f'    {file}, {function}: {mark:9}  {text}')


def stands(row):
    """Whether the source still has the text."""
    file, _, _, text = row
    try:
        with open(file, encoding='utf-8') as source:
            return text in squeezed(source.read())
    except FileNotFoundError:
        return False


def agree(found, marks):
    """Whether what was found to be left out is what the page says."""
    must, may = listed(marks)
    found = collections.Counter(found)
    extra = found - must - may
    stale = must - found
    for row in may:
        if not stands(row):
            stale[row] += may[row]
    tell(f'Not in {PAGE}:', extra)
    tell(f'Stale in {PAGE}, covered or changed:', stale)
    return TOLD or not extra and not stale
