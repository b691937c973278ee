/* SPDX-License-Identifier: MIT */
#include "life/path.h"

#include "plat/clock.h"

/* A walk up that lays links; with none it only counts. */
struct walk {
	struct dctxi_link *next;
	struct dctxi_waiting *waiting;
	uint32_t count;
};

static void lay(struct walk *walk, struct dctxi_cell *cell, uint32_t distance,
		int64_t later)
{
	struct dctxi_link *link = walk->next;

	walk->count++;
	if (link == NULL)
		return;
	*link = (struct dctxi_link){
		.cell = cell,
		.waiting = walk->waiting,
		.later = later,
		.distance = distance,
	};
	walk->next++;
	dctxi_hall_enter(link);
}

/* Recurs no deeper than joins have ranks. */
static void walk_up(struct walk *walk, struct dctxi_cell *cell,
		    uint32_t distance, int64_t later)
{
	for (; cell != NULL; cell = cell->parent)
		switch ((enum dctxi_cell_kind)cell->kind) {
		case DCTXI_CELL_SOURCE:
			lay(walk, cell, distance++, later);
			break;
		case DCTXI_CELL_JOIN:
			walk_up(walk, cell->u.other, distance, later);
			break;
		case DCTXI_CELL_SHIELD:
			later = dctxi_clock_plus(later, cell->u.grace);
			break;
		case DCTXI_CELL_GRACE:
			break;
		}
}

uint32_t dctxi_path_count(struct dctxi_cell *cell)
{
	struct walk walk = {NULL, NULL, 0};

	walk_up(&walk, cell, 0, 0);
	return walk.count;
}

void dctxi_path_enter(struct dctxi_cell *cell, struct dctxi_link *links,
		      struct dctxi_waiting *waiting)
{
	struct walk walk = {links, waiting, 0};

	walk_up(&walk, cell, 0, 0);
}

void dctxi_path_leave(struct dctxi_link *links, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		dctxi_hall_leave(&links[i]);
}
