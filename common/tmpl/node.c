/* tmpl/node - nodes as Go prints them again in its messages: one blank between operands, constants as they
 * were written. */
#include "tmpl/private.h"

static void print_list(struct str *out, const struct nodes *list)
{
    for (uint32_t i = 0; list && i < list->len; i++)
        node_print(out, list->at[i]);
}

static void print_keys(struct str *out, const struct key *keys, uint32_t len)
{
    for (uint32_t i = 0; i < len; i++) {
        str_char(out, '.');
        str_add_span(out, keys[i].name);
    }
}

static void print_operand(struct str *out, const struct node *n)
{
    if (n->kind == NODE_PIPE)
        str_char(out, '(');
    node_print(out, n);
    if (n->kind == NODE_PIPE)
        str_char(out, ')');
}

static void print_pipe(struct str *out, const struct node *n)
{
    for (uint32_t i = 0; i < n->decls_len; i++) {
        str_add(out, i ? ", " : "");
        str_add_span(out, n->pipe.decls[i].name);
    }
    if (n->decls_len)
        str_add(out, n->assign ? " = " : " := ");
    for (uint32_t i = 0; i < n->pipe.commands.len; i++) {
        str_add(out, i ? " | " : "");
        node_print(out, n->pipe.commands.at[i]);
    }
}

static void print_block(struct str *out, const char *word, const struct node *n)
{
    str_printf(out, "{{%s ", word);
    node_print(out, n->block.pipe);
    str_add(out, "}}");
    print_list(out, n->block.body);
    if (n->block.otherwise) {
        str_add(out, "{{else}}");
        print_list(out, n->block.otherwise);
    }
    str_add(out, "{{end}}");
}

static void print_call(struct str *out, const struct node *n)
{
    str_add(out, "{{template ");
    tmpl_quote(out, n->call.name);
    if (n->call.pipe) {
        str_char(out, ' ');
        node_print(out, n->call.pipe);
    }
    str_add(out, "}}");
}

static void print_statement(struct str *out, const struct node *n)
{
    switch (n->kind) {
    case NODE_TEXT:
        str_add_span(out, n->text);
        break;
    case NODE_ACTION:
        str_add(out, "{{");
        node_print(out, n->block.pipe);
        str_add(out, "}}");
        break;
    case NODE_IF:
        print_block(out, "if", n);
        break;
    case NODE_WITH:
        print_block(out, "with", n);
        break;
    case NODE_RANGE:
        print_block(out, "range", n);
        break;
    case NODE_TEMPLATE:
        print_call(out, n);
        break;
    case NODE_BREAK:
        str_add(out, "{{break}}");
        break;
    default:
        str_add(out, "{{continue}}");
    }
}

void node_print(struct str *out, const struct node *n)
{
    switch (n->kind) {
    case NODE_PIPE:
        print_pipe(out, n);
        break;
    case NODE_COMMAND:
        for (uint32_t i = 0; i < n->command.len; i++) {
            str_add(out, i ? " " : "");
            print_operand(out, n->command.at[i]);
        }
        break;
    case NODE_FIELD:
        print_keys(out, n->field.keys, n->field.len);
        break;
    case NODE_CHAIN:
        print_operand(out, n->field.base);
        print_keys(out, n->field.keys, n->field.len);
        break;
    case NODE_VARIABLE:
        str_add_span(out, n->variable.decl.name);
        print_keys(out, n->variable.keys, n->variable.len);
        break;
    case NODE_FUNC:
        str_add_span(out, n->func.name);
        break;
    case NODE_DOT:
        str_char(out, '.');
        break;
    case NODE_NIL:
        str_add(out, "nil");
        break;
    case NODE_BOOL:
        str_add(out, n->truth ? "true" : "false");
        break;
    case NODE_NUMBER:
        str_add_span(out, n->number->text);
        break;
    case NODE_STRING:
        str_add_span(out, n->string.quoted);
        break;
    default:
        print_statement(out, n);
    }
}
