/* SPDX-License-Identifier: MIT */
/* Must fail under tsan: data race */
#include <pthread.h>
#include <stddef.h>

static volatile int shared;

/* Of two accesses in the same moment TSan may see neither: many are made. */
static void *add(void *arg)
{
	for (int i = 0; i < 1000; i++)
		shared++;
	return arg;
}

int main(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, add, NULL) != 0)
		return 0;
	add(NULL);
	pthread_join(thread, NULL);
	return 0;
}
