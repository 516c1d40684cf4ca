// SPDX-License-Identifier: Apache-2.0
/* Results and sentences were taken from Docker 20.10 ('docker import --change'), case by case. */
#include "fixture.h"

#include "image/words.h"

#include <string.h>

/* The "config" object after the instructions, keys sorted. Caller frees. */
static char *apply(const char *before, const char *text)
{
    CLEANUP(json)
    json_t *doc =
        json_pack("{s:o}", "config", json_parse(before, strlen(before), "before", &last_error));

    if (image_config_change(doc, text, &last_error) < 0) {
        return xasprintf("ERR %s", last_error.text);
    }
    return json_dumps(json_object_get(doc, "config"), JSON_COMPACT | JSON_SORT_KEYS);
}

struct change_case {
    const char *text;
    const char *expected;
};

static void check(const struct change_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        cleanup_free char *got = apply("{}", cases[i].text);

        if (strcmp(got, cases[i].expected) != 0) {
            fail_msg("%s\n  gives    %s\n  expected %s", cases[i].text, got, cases[i].expected);
        }
        if (strncmp(got, "ERR ", 4) == 0) {
            assert_int_equal(last_error.kind, ERR_INVALID);
        }
    }
}

static void commands(void **state)
{
    static const struct change_case cases[] = {
        {"CMD", "{\"Cmd\":[\"/bin/sh\",\"-c\"]}"},
        {"CMD []", "{}"},
        {"CMD [\"a\",\"b\"]", "{\"Cmd\":[\"a\",\"b\"]}"},
        {"CMD [\"a\"] more", "{\"Cmd\":[\"a\"]}"},
        {"CMD [\"a\\u00e9\"]", "{\"Cmd\":[\"a\xc3\xa9\"]}"},
        {"CMD [\"a\", 1]",
         "ERR when using JSON array syntax, arrays must be comprised of strings only"},
        {"CMD [a]", "{\"Cmd\":[\"/bin/sh\",\"-c\",\"[a]\"]}"},
        {"CMD ['a']", "{\"Cmd\":[\"/bin/sh\",\"-c\",\"['a']\"]}"},
        {"CMD echo \"hi  there\" $HOME",
         "{\"Cmd\":[\"/bin/sh\",\"-c\",\"echo \\\"hi  there\\\" $HOME\"]}"},
        {"cmd x", "{\"Cmd\":[\"/bin/sh\",\"-c\",\"x\"]}"},
        {"ENTRYPOINT", "{}"},
        {"ENTRYPOINT []", "{}"},
        {"ENTRYPOINT [\"a\"]", "{\"Entrypoint\":[\"a\"]}"},
        {"ENTRYPOINT [\"a\"", "{\"Entrypoint\":[\"/bin/sh\",\"-c\",\"[\\\"a\\\"\"]}"},
        {"ENTRYPOINT a b", "{\"Entrypoint\":[\"/bin/sh\",\"-c\",\"a b\"]}"},
        {"CMD a\nENTRYPOINT [\"b\"]",
         "{\"Cmd\":[\"/bin/sh\",\"-c\",\"a\"],\"Entrypoint\":[\"b\"]}"},
    };

    check(cases, ARRAY_SIZE(cases));

    cleanup_free char *reset = apply("{\"Cmd\":[\"old\"]}", "ENTRYPOINT [\"b\"]");

    assert_string_equal(reset, "{\"Entrypoint\":[\"b\"]}");
}

static void environment_and_labels(void **state)
{
    static const struct change_case cases[] = {
        {"ENV A=b C=d", "{\"Env\":[\"A=b\",\"C=d\"]}"},
        {"ENV A b c  d ", "{\"Env\":[\"A=b c  d\"]}"},
        {"ENV  A  b", "{\"Env\":[\"A=b\"]}"},
        {"ENV A =b", "{\"Env\":[\"A==b\"]}"},
        {"ENV A b=c", "{\"Env\":[\"A=b=c\"]}"},
        {"ENV A=\"b c\" D=e\\ f", "{\"Env\":[\"A=b c\",\"D=e f\"]}"},
        {"ENV A='b $c' D=\"$A x\"", "{\"Env\":[\"A=b $c\",\"D= x\"]}"},
        {"ENV A=", "{\"Env\":[\"A=\"]}"},
        {"ENV A=  B=c", "{\"Env\":[\"A=\",\"B=c\"]}"},
        {"ENV A=a\"b c\"d", "{\"Env\":[\"A=ab cd\"]}"},
        {"ENV A=\"b\"c\"d\" E=f", "{\"Env\":[\"A=bcd\",\"E=f\"]}"},
        {"ENV A='it''s'", "{\"Env\":[\"A=its\"]}"},
        {"ENV A=b;c D=\"e;f\"", "{\"Env\":[\"A=b;c\",\"D=e;f\"]}"},
        {"ENV A=\"a\\\"b\" B=a\\\\b", "{\"Env\":[\"A=a\\\"b\",\"B=a\\\\b\"]}"},
        {"ENV A=\"a\\nb\\$c\\d\"", "{\"Env\":[\"A=a\\\\nb$c\\\\d\"]}"},
        {"ENV \"A B\"=c", "{\"Env\":[\"A B=c\"]}"},
        {"ENV A=b\\", "{\"Env\":[\"A=b\"]}"},
        {"\tENV\tA=1\tB=2", "{\"Env\":[\"A=1\",\"B=2\"]}"},
        {"ENV", "ERR ENV requires at least one argument"},
        {"ENV x", "ERR ENV must have two arguments"},
        {"ENV =b", "ERR ENV names can not be blank"},
        {"ENV A=b C", "ERR Syntax error - can't find = in \"C\". Must be of the form: name=value"},
        {"ENV A=\"unterminated", "ERR failed to process \"\\\"unterminated\": unexpected end of "
                                 "statement while looking for matching double-quote"},
        {"ENV A='unterminated", "ERR failed to process \"'unterminated\": unexpected end of "
                                "statement while looking for matching single-quote"},
        {"LABEL a=b c=\"d e\"", "{\"Labels\":{\"a\":\"b\",\"c\":\"d e\"}}"},
        {"LABEL a b c", "{\"Labels\":{\"a\":\"b c\"}}"},
        {"LABEL \"a b\"=c", "{\"Labels\":{\"a b\":\"c\"}}"},
        {"LABEL a=b=c", "{\"Labels\":{\"a\":\"b=c\"}}"},
        {"LABEL a.b-c/d=\"x=y\"", "{\"Labels\":{\"a.b-c/d\":\"x=y\"}}"},
        {"LABEL a=$A b=\\$A", "{\"Labels\":{\"a\":\"\",\"b\":\"$A\"}}"},
        {"LABEL a=1\nLABEL a=2 b=3", "{\"Labels\":{\"a\":\"2\",\"b\":\"3\"}}"},
        {"LABEL =x", "ERR LABEL names can not be blank"},
        {"LABEL", "ERR LABEL requires at least one argument"},
        {"LABEL x", "ERR LABEL must have two arguments"},
    };

    check(cases, ARRAY_SIZE(cases));
}

static void variables(void **state)
{
    static const struct change_case cases[] = {
        {"ENV A=1\nENV B=${A}2 A=3\nENV C=$A$B", "{\"Env\":[\"A=3\",\"B=12\",\"C=312\"]}"},
        {"ENV A=${X:-def} B=${X:+yes} C=$X", "{\"Env\":[\"A=def\",\"B=\",\"C=\"]}"},
        {"ENV E=\nENV A=${E:-d}${E-d} B=${E:+y}${E+y}", "{\"Env\":[\"E=\",\"A=d\",\"B=y\"]}"},
        {"ENV A=${X:-${Y:-z}}", "{\"Env\":[\"A=z\"]}"},
        {"ENV A=${X:-\"q r\"}", "{\"Env\":[\"A=q r\"]}"},
        {"ENV A=$1 B=${1} C=$$ D=$", "{\"Env\":[\"A=\",\"B=\",\"C=\",\"D=$\"]}"},
        {"ENV A=${X:?err}", "ERR failed to process \"${X:?err}\": X: err"},
        {"ENV A=${X?}", "ERR failed to process \"${X?}\": X: is not allowed to be unset"},
        {"ENV A=${}", "ERR failed to process \"${}\": syntax error: bad substitution"},
        {"ENV A=${X", "ERR failed to process \"${X\": syntax error: missing '}'"},
        {"ENV A=${X:-b", "ERR failed to process \"${X:-b\": syntax error: missing '}'"},
        {"ENV A=${X%b}", "ERR failed to process \"${X%b}\": unsupported modifier in substitution"},
        {"ENV P=80\\ 443\nEXPOSE $P/udp x$Q", "ERR Invalid containerPort: x"},
        {"ENV P=\"80 443\"\nEXPOSE $P", "{\"Env\":[\"P=80 443\"],\"ExposedPorts\":{\"443/tcp\":{},"
                                        "\"80/tcp\":{}}}"},
    };

    check(cases, ARRAY_SIZE(cases));
}

static void ports(void **state)
{
    static const struct change_case cases[] = {
        {"EXPOSE", "ERR EXPOSE requires at least one argument"},
        {"EXPOSE 80 443/udp", "{\"ExposedPorts\":{\"443/udp\":{},\"80/tcp\":{}}}"},
        {"EXPOSE 80\nEXPOSE 81", "{\"ExposedPorts\":{\"80/tcp\":{},\"81/tcp\":{}}}"},
        {"EXPOSE 80-82/tcp", "{\"ExposedPorts\":{\"80/tcp\":{},\"81/tcp\":{},\"82/tcp\":{}}}"},
        {"EXPOSE \"80\"", "{\"ExposedPorts\":{\"80/tcp\":{}}}"},
        {"EXPOSE 80/TCP", "{\"ExposedPorts\":{\"80/tcp\":{}}}"},
        {"EXPOSE 80/", "{\"ExposedPorts\":{\"80/tcp\":{}}}"},
        {"EXPOSE 1:2", "{\"ExposedPorts\":{\"2/tcp\":{}}}"},
        {"EXPOSE 0.0.0.0:80:90", "{\"ExposedPorts\":{\"90/tcp\":{}}}"},
        {"EXPOSE [::1]:80:90", "{\"ExposedPorts\":{\"90/tcp\":{}}}"},
        {"EXPOSE $X", "{}"},
        {"EXPOSE x", "ERR Invalid containerPort: x"},
        {"EXPOSE 70000", "ERR Invalid containerPort: 70000"},
        {"EXPOSE 90-80", "ERR Invalid containerPort: 90-80"},
        {"EXPOSE -1", "ERR Invalid containerPort: -1"},
        {"EXPOSE 80/frob", "ERR Invalid proto: frob"},
        {"EXPOSE x:80", "ERR Invalid hostPort: x"},
        {"EXPOSE frob:1:80", "ERR Invalid ip address: frob"},
        {"EXPOSE 1:", "ERR No port specified: 1:<empty>"},
    };

    check(cases, ARRAY_SIZE(cases));
}

static void users_folders_volumes(void **state)
{
    static const struct change_case cases[] = {
        {"USER", "ERR USER requires exactly one argument"},
        {"USER  bob  ", "{\"User\":\"bob\"}"},
        {"USER a b", "{\"User\":\"a b\"}"},
        {"USER \"a b\"", "{\"User\":\"a b\"}"},
        {"USER $X", "{\"User\":\"\"}"},
        {"WORKDIR", "ERR WORKDIR requires exactly one argument"},
        {"WORKDIR /w", "{\"WorkingDir\":\"/w\"}"},
        {"WORKDIR w", "{\"WorkingDir\":\"/w\"}"},
        {"WORKDIR a b", "{\"WorkingDir\":\"/a b\"}"},
        {"WORKDIR \"/a b\"", "{\"WorkingDir\":\"/a b\"}"},
        {"WORKDIR ../..", "{\"WorkingDir\":\"/\"}"},
        {"WORKDIR .", "{\"WorkingDir\":\"/\"}"},
        {"WORKDIR /a\nWORKDIR b\nWORKDIR ../c", "{\"WorkingDir\":\"/a/c\"}"},
        {"WORKDIR $X", "ERR cannot normalize nothing"},
        {"VOLUME", "ERR VOLUME requires at least one argument"},
        {"VOLUME /a /b", "{\"Volumes\":{\"/a\":{},\"/b\":{}}}"},
        {"VOLUME [\"/a\",\"/b c\"]", "{\"Volumes\":{\"/a\":{},\"/b c\":{}}}"},
        {"VOLUME $X/y", "{\"Volumes\":{\"/y\":{}}}"},
        {"VOLUME \"\"", "ERR VOLUME specified can not be an empty string"},
        {"VOLUME [\"\"]", "ERR VOLUME specified can not be an empty string"},
        {"VOLUME \"/a b\"", "ERR failed to process \"\\\"/a\": unexpected end of statement while "
                            "looking for matching double-quote"},
        {"STOPSIGNAL SIGTERM", "{\"StopSignal\":\"SIGTERM\"}"},
        {"STOPSIGNAL 9", "{\"StopSignal\":\"9\"}"},
        {"STOPSIGNAL", "ERR STOPSIGNAL requires exactly one argument"},
        {"STOPSIGNAL 0", "ERR invalid signal: 0"},
        {"STOPSIGNAL frob", "ERR invalid signal: frob"},
        {"ONBUILD RUN x y\nONBUILD run y", "{\"OnBuild\":[\"RUN x y\",\"run y\"]}"},
        {"ONBUILD", "ERR ONBUILD requires at least one argument"},
        {"ONBUILD ONBUILD x", "ERR Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"},
        {"ONBUILD from x", "ERR FROM isn't allowed as an ONBUILD trigger"},
        {"ONBUILD MAINTAINER x", "ERR MAINTAINER isn't allowed as an ONBUILD trigger"},
    };

    check(cases, ARRAY_SIZE(cases));
}

static void health_checks(void **state)
{
    static const struct change_case cases[] = {
        {"HEALTHCHECK", "ERR HEALTHCHECK requires at least one argument"},
        {"healthcheck none", "{\"Healthcheck\":{\"Test\":[\"NONE\"]}}"},
        {"HEALTHCHECK --interval=5s NONE", "{\"Healthcheck\":{\"Test\":[\"NONE\"]}}"},
        {"HEALTHCHECK NONE x", "ERR HEALTHCHECK NONE takes no arguments"},
        {"HEALTHCHECK CMD true", "{\"Healthcheck\":{\"Test\":[\"CMD-SHELL\",\"true\"]}}"},
        {"HEALTHCHECK CMD [\"true\",\"x\"]",
         "{\"Healthcheck\":{\"Test\":[\"CMD\",\"true\",\"x\"]}}"},
        {"HEALTHCHECK --interval=5s --timeout=3s --start-period=1m --retries=3 CMD true x",
         "{\"Healthcheck\":{\"Interval\":5000000000,\"Retries\":3,\"StartPeriod\":60000000000,"
         "\"Test\":[\"CMD-SHELL\",\"true x\"],\"Timeout\":3000000000}}"},
        {"HEALTHCHECK CMD", "ERR Missing command after HEALTHCHECK CMD"},
        {"HEALTHCHECK CMD []", "ERR Missing command after HEALTHCHECK CMD"},
        {"HEALTHCHECK --interval=x CMD true", "ERR time: invalid duration \"x\""},
        {"HEALTHCHECK --interval=0s CMD true", "ERR Interval \"interval\" cannot be less than 1ms"},
        {"HEALTHCHECK --interval=1us CMD true",
         "ERR Interval \"interval\" cannot be less than 1ms"},
        {"HEALTHCHECK --retries=x CMD true", "ERR strconv.ParseInt: parsing \"x\": invalid syntax"},
        {"HEALTHCHECK --retries=-1 CMD true", "ERR --retries must be at least 1 (not -1)"},
        {"HEALTHCHECK --frob=1 CMD true", "ERR Unknown flag: frob"},
        {"HEALTHCHECK --interval CMD true", "ERR Missing a value on flag: interval"},
        {"HEALTHCHECK FROB", "ERR Unknown type \"FROB\" in HEALTHCHECK (try CMD)"},
        {"HEALTHCHECK CMD a\nHEALTHCHECK NONE", "{\"Healthcheck\":{\"Test\":[\"NONE\"]}}"},
    };

    check(cases, ARRAY_SIZE(cases));
}

static void lines(void **state)
{
    static const struct change_case cases[] = {
        {"", "ERR file with no instructions"},
        {" \n\t\n", "ERR file with no instructions"},
        {"# comment", "ERR file with no instructions"},
        {"\nENV A=1", "{\"Env\":[\"A=1\"]}"},
        {"ENV A=1\n\n# c\nENV B=2\n", "{\"Env\":[\"A=1\",\"B=2\"]}"},
        {"ENV A=1 \\\n B=2", "{\"Env\":[\"A=1\",\"B=2\"]}"},
        {"ENV A=1 \\  \r\n# comment\n\n B=2", "{\"Env\":[\"A=1\",\"B=2\"]}"},
        {"ENV A=1 \\\n", "{\"Env\":[\"A=1\"]}"},
        {"FROB x", "ERR FROB is not a valid change command"},
        {"RUN", "ERR RUN is not a valid change command"},
        {"FROM x", "ERR FROM is not a valid change command"},
        {"SHELL [\"x\"]", "ERR SHELL is not a valid change command"},
    };

    check(cases, ARRAY_SIZE(cases));
}

static void growth_is_bounded(void **state)
{
    CLEANUP(strv) struct strv env = STRV_INIT;
    char *big = xmalloc(600001);
    char deep[1000] = "";
    char *out;

    memset(big, 'x', 600000);
    memcpy(big, "A=", 2);
    big[600000] = '\0';
    strv_take(&env, big);
    FAILS(dockerfile_expand("$A$A", &env, &out, &last_error), ERR_INVALID,
          "failed to process \"$A$A\": it becomes too long");
    FAILS(dockerfile_expand("${B:-$A$A}", &env, &out, &last_error), ERR_INVALID,
          "failed to process \"${B:-$A$A}\": it becomes too long");
    for (size_t i = 0; i < 100; i++) {
        memcpy(deep + 5 * i, "${B:-", 6);
    }
    assert_int_equal(dockerfile_expand(deep, &env, &out, &last_error), -1);
    assert_non_null(strstr(last_error.text, "variables are nested too deeply"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands),
        cmocka_unit_test(environment_and_labels),
        cmocka_unit_test(variables),
        cmocka_unit_test(ports),
        cmocka_unit_test(users_folders_volumes),
        cmocka_unit_test(health_checks),
        cmocka_unit_test(lines),
        cmocka_unit_test(growth_is_bounded),
    };

    return cmocka_run_group_tests_name("image change", tests, NULL, NULL);
}
