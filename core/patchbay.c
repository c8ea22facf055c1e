/* SPDX-License-Identifier: Apache-2.0 */
/* The public API over call. */
int pbay_unused_marker(void);
int pbay_unused_marker(void)
{
    return 0;
}
