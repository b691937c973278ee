/* SPDX-License-Identifier: MIT */
/* Must fail under tsan: data race */
#include <pthread.h>
#include <stddef.h>

static int shared;

static void *add(void *arg)
{
	shared++;
	return arg;
}

int main(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, add, NULL) != 0)
		return 0;
	shared++;
	pthread_join(thread, NULL);
	return 0;
}
