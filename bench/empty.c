// SPDX-License-Identifier: Apache-2.0
/* An empty dynamic program: what `hoy version` is measured against. */
int main(void)
{
    return 0;
}
