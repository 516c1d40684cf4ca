// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The words of a Dockerfile instruction (buildkit: frontend/dockerfile/parser, shell/lex.go):
 *
 *   'a $b'  as it is        "a $b"  with variables; \" \$ \\ are escapes        a\ b  an escaped
 * blank $NAME  ${NAME}  ${NAME:-word}  ${NAME:+word}  ${NAME:?word}, the last three also without
 * colon
 */
#include "base/error.h"
#include "base/strv.h"

/* Pieces between white space; quotes and escapes keep them together and stay in the text. */
void dockerfile_split(const char *text, struct strv *ret);

/*
 * One word: quotes and escapes taken off, variables replaced by their values in env ("NAME=value"
 * entries; unset ones by nothing). Caller frees *ret. ERR_INVALID 'failed to process "...": cause'.
 */
int dockerfile_expand(const char *word, const struct strv *env, char **ret,
                      struct error *e) MUST_CHECK;

/* The same; white space that came from variables separates words. Empty words are dropped. */
int dockerfile_expand_list(const char *word, const struct strv *env, struct strv *ret,
                           struct error *e) MUST_CHECK;
