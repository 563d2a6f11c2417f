/* capstan-remote: the commands of capstan that talk to a server. */
#include "services/cli/remote/commands.h"

int main(int argc, char **argv)
{
    static const struct cli_command *const commands[] = {
        &cli_login,
        &cli_logout,
        &cli_context,
        &cli_version,
        &cli_account_get_user_info,
        &cli_app_create,
        &cli_app_list,
        &cli_app_get,
        &cli_app_set,
        &cli_app_sync,
        &cli_app_diff,
        &cli_app_wait,
        &cli_app_history,
        &cli_app_rollback,
        &cli_app_terminate_op,
        &cli_app_delete,
        &cli_app_manifests,
        &cli_app_resources,
        &cli_repo_add,
        &cli_repo_list,
        &cli_repo_rm,
        &cli_proj_list,
        &cli_proj_get,
        &cli_proj_windows_list,
    };
    return cli_main(commands, ARRAY_LEN(commands), argc, argv);
}
