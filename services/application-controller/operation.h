/* application-controller/operation.h - the running operation, for status.c and deletion.c. */
#ifndef CAPSTAN_APPLICATION_CONTROLLER_OPERATION_H
#define CAPSTAN_APPLICATION_CONTROLLER_OPERATION_H

#include "controller.h"

/* status.operationState and, at a successful end, the new entry of status.history. */
void operation_into_status(struct app *app, struct arena *a, struct doc *status);
/* `operation` itself: there while it runs, null with its end. */
void operation_into_patch(struct app *app, struct arena *a, struct doc *patch);
/* It has ended and waits for that to be written; then operation_written lets it go. */
bool operation_ended(const struct app *app);
void operation_written(struct app *app);

#endif
