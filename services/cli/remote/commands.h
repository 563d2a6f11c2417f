/* cli/remote/commands - the commands, one a file. */
#ifndef CAPSTAN_CLI_COMMANDS_H
#define CAPSTAN_CLI_COMMANDS_H

#include "services/cli/remote/cli.h"

extern const struct cli_command cli_login, cli_logout, cli_context, cli_version, cli_account_get_user_info;
extern const struct cli_command cli_app_create, cli_app_list, cli_app_get, cli_app_set, cli_app_sync,
    cli_app_diff, cli_app_wait, cli_app_history, cli_app_rollback, cli_app_terminate_op, cli_app_delete,
    cli_app_manifests, cli_app_resources;
extern const struct cli_command cli_repo_add, cli_repo_list, cli_repo_rm, cli_proj_list, cli_proj_get,
    cli_proj_windows_list;

#endif
