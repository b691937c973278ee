#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the fuzzers' first inputs: short messages of the vectors, and texts.

usage: fuzz/seeds.py (from the source directory)
"""
import json
import os

DECODE = """
empty_v2_by_0.7.1 i64_min u32_max f64_nan f32_nan_payload string_utf8_3byte
string_controls struct_newtype multi_two_order2 multi_five_order2 chain_2
chain_empty_name chain_utf8 unknown_keys_odd_values local_on_wire_skipped
trailing_after_message v1_true_by_0.7.1 v1_fake_by_0.8.0 trunc_10_at_54
utf8_bad_key utf8_overlong_value length_value_one_more count_entries_one_less
version_max capture_ints
""".split()

BASE64 = {"standard": b"0QUJDRA==", "url": b"1-_-_QQ", "padded": b"1QUI="}


def write(folder, name, data):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data)


def main():
    with open("test/vectors/dcontext-wire.jsonl", encoding="utf-8") as f:
        lines = {v["name"]: v for v in map(json.loads, f)}
    for name in DECODE:
        write("fuzz/corpus/decode", name, bytes.fromhex(lines[name]["hex"]))
    for name, text in BASE64.items():
        write("fuzz/corpus/base64", name, text)


main()
