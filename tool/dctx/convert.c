/* SPDX-License-Identifier: MIT */
#include "command.h"
#include "lines.h"
#include <string.h>
int convert_run(int argc, char **argv)
{
	return argc > 1 && strcmp(argv[1], "--lines") == 0 ? lines_run()
							   : USAGE;
}
int check_run(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 2;
}
int encode_run(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 2;
}
int decode_run(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 2;
}
