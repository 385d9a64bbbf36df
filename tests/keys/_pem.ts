/** Key files as OpenSSL 3.0 writes them. All of one key on P-256, made for these tests, unless the name says otherwise. */

/** Hex SHA-256 of the key's PEM text, by `sha256sum`. */
export const HINT = "42a839dcfcde4aed06232af0e49ea714eed5ef6c5124ef5c76dfbbd57fd67fdc";

/** The password of the encrypted ones. */
export const PASSWORD = "secret";

/** SubjectPublicKeyInfo. */
export const PUBLIC = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAERiSSpX8aseDgzmnOIs5hAkE4wig8
dNOzN3a0u8lHCRqNP4sIlPM+fTjdFAvi+a5Cvm6IySf1REoXJvQAVe4EpA==
-----END PUBLIC KEY-----
`;

/** The same with a compressed point. */
export const PUBLIC_COMPRESSED = `-----BEGIN PUBLIC KEY-----
MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgACRiSSpX8aseDgzmnOIs5hAkE4wig8
dNOzN3a0u8lHCRo=
-----END PUBLIC KEY-----
`;

/** The same with the curve written out in place of its name. */
export const PUBLIC_EXPLICIT = `-----BEGIN PUBLIC KEY-----
MIIBSzCCAQMGByqGSM49AgEwgfcCAQEwLAYHKoZIzj0BAQIhAP////8AAAABAAAA
AAAAAAAAAAAA////////////////MFsEIP////8AAAABAAAAAAAAAAAAAAAA////
///////////8BCBaxjXYqjqT57PrvVV2mIa8ZR0GsMxTsPY7zjw+J9JgSwMVAMSd
NgiG5wSTamZ44ROdJreBn36QBEEEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5
RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9QIhAP////8AAAAA
//////////+85vqtpxeehPO5ysL8YyVRAgEBA0IABEYkkqV/GrHg4M5pziLOYQJB
OMIoPHTTszd2tLvJRwkajT+LCJTzPn043RQL4vmuQr5uiMkn9URKFyb0AFXuBKQ=
-----END PUBLIC KEY-----
`;

/** SEC1. */
export const SEC1 = `-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIN12A5RrJewUPuM3CeH2lCNpZ1r0Hyx7F+GQZ++k/xJmoAoGCCqGSM49
AwEHoUQDQgAERiSSpX8aseDgzmnOIs5hAkE4wig8dNOzN3a0u8lHCRqNP4sIlPM+
fTjdFAvi+a5Cvm6IySf1REoXJvQAVe4EpA==
-----END EC PRIVATE KEY-----
`;

/** SEC1 with the curve written out in place of its name. */
export const SEC1_EXPLICIT = `-----BEGIN EC PRIVATE KEY-----
MIIBaAIBAQQg3XYDlGsl7BQ+4zcJ4faUI2lnWvQfLHsX4ZBn76T/EmaggfowgfcC
AQEwLAYHKoZIzj0BAQIhAP////8AAAABAAAAAAAAAAAAAAAA////////////////
MFsEIP////8AAAABAAAAAAAAAAAAAAAA///////////////8BCBaxjXYqjqT57Pr
vVV2mIa8ZR0GsMxTsPY7zjw+J9JgSwMVAMSdNgiG5wSTamZ44ROdJreBn36QBEEE
axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54W
K84zV2sxXs7LtkBoN79R9QIhAP////8AAAAA//////////+85vqtpxeehPO5ysL8
YyVRAgEBoUQDQgAERiSSpX8aseDgzmnOIs5hAkE4wig8dNOzN3a0u8lHCRqNP4sI
lPM+fTjdFAvi+a5Cvm6IySf1REoXJvQAVe4EpA==
-----END EC PRIVATE KEY-----
`;

/** PKCS#8 with the curve written out in place of its name. */
export const PKCS8_EXPLICIT = `-----BEGIN PRIVATE KEY-----
MIIBeQIBADCCAQMGByqGSM49AgEwgfcCAQEwLAYHKoZIzj0BAQIhAP////8AAAAB
AAAAAAAAAAAAAAAA////////////////MFsEIP////8AAAABAAAAAAAAAAAAAAAA
///////////////8BCBaxjXYqjqT57PrvVV2mIa8ZR0GsMxTsPY7zjw+J9JgSwMV
AMSdNgiG5wSTamZ44ROdJreBn36QBEEEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg
9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9QIhAP////8A
AAAA//////////+85vqtpxeehPO5ysL8YyVRAgEBBG0wawIBAQQg3XYDlGsl7BQ+
4zcJ4faUI2lnWvQfLHsX4ZBn76T/EmahRANCAARGJJKlfxqx4ODOac4izmECQTjC
KDx007M3drS7yUcJGo0/iwiU8z59ON0UC+L5rkK+bojJJ/VEShcm9ABV7gSk
-----END PRIVATE KEY-----
`;

/** SEC1 without the public key. */
export const SEC1_PRIVATE_ONLY = `-----BEGIN EC PRIVATE KEY-----
MDECAQEEIN12A5RrJewUPuM3CeH2lCNpZ1r0Hyx7F+GQZ++k/xJmoAoGCCqGSM49
AwEH
-----END EC PRIVATE KEY-----
`;

/** SEC1 of another key, behind the parameters, as `openssl ecparam -genkey` writes it. */
export const SEC1_WITH_PARAMETERS = `-----BEGIN EC PARAMETERS-----
BggqhkjOPQMBBw==
-----END EC PARAMETERS-----
-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIGwyQGVQeF6gOX1GiMFK2ibCzZbs5wHSABYeTx6lG5jpoAoGCCqGSM49
AwEHoUQDQgAEqWUyRtb+kWXDcAqeCusAQXaMhf/r1S+IPOmc2NUOSAnrkicWgKOk
mNXB+irviMxEZKkxOcOxUEMJpNrOV2f5Pw==
-----END EC PRIVATE KEY-----
`;

/** PKCS#8. */
export const PKCS8 = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg3XYDlGsl7BQ+4zcJ
4faUI2lnWvQfLHsX4ZBn76T/EmahRANCAARGJJKlfxqx4ODOac4izmECQTjCKDx0
07M3drS7yUcJGo0/iwiU8z59ON0UC+L5rkK+bojJJ/VEShcm9ABV7gSk
-----END PRIVATE KEY-----
`;

/** SEC1, encrypted with AES-256-CBC as in RFC 1421. */
export const SEC1_ENCRYPTED = `-----BEGIN EC PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED
DEK-Info: AES-256-CBC,5935F88587FA438E17B7B883D9EAB607

xZ1NMxwtRnkeikxfB+Ovm/1nS/ykgJbo1AlGBD6VbRf7DLVUrW4AWKWijebznsKS
vhNyGYmJSF+82dpMSGD4BBXw83lCIGe+gee2Zr7D5FJYD3G5rtr2toHFWaWV3SG2
enP37lgtxDws70t0ABkzD0aGgQLWI9iDgG/6JBO3S/o=
-----END EC PRIVATE KEY-----
`;

/** PKCS#8, encrypted with AES-256-CBC and PBKDF2. */
export const PKCS8_ENCRYPTED = `-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgvqS8TqOPvIAICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEFCZx+2GWf2xduWRrgJm0lUEgZBX
Y+J1dae6Qu4isDgqWluP3/9doj1q8NXxLGnY31uzCu0ZQLAFshVGMB2YR4x2JXgA
SIlSfLRZEzH+0cqZsT6tOIpXwklXZsjIwIpEwPIJUzZFWu8x8+HuLo2S8hxEc8Wc
mOMGzyLmv82ySYIpU8G1nqRVPHMjf7KRlBYPaGWOBpX/di3hGfuuK1xlrGuX9kA=
-----END ENCRYPTED PRIVATE KEY-----
`;

/** PKCS#8, encrypted with AES-256-CBC and scrypt. */
export const PKCS8_SCRYPT = `-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHkME8GCSqGSIb3DQEFDTBCMCEGCSsGAQQB2kcECzAUBAi92Lf0SW4L9QICQAAC
AQgCAQEwHQYJYIZIAWUDBAEqBBCaNEKr7KJs6P1M96YPyv5jBIGQvC0A7N/TFPLW
4Lc/2Tv40FLVx6PAa22Y4U7sQxoAdBFLl15b3/fUWym1n/849lByl/+dUSEnFr7Q
inwwFXEiFtESm8HRcq+bZhMkIiwOc14tQp7KXp6Ic+hzwjpasFngSgbitqK1uGbO
5JycYth0gB6NuNcvu3aLT7QZaIgGP94Oh1uLKsPT3l7DhR8s9meR
-----END ENCRYPTED PRIVATE KEY-----
`;

/** PKCS#8, encrypted with Triple-DES. */
export const PKCS8_DES3 = `-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHjME4GCSqGSIb3DQEFDTBBMCkGCSqGSIb3DQEFDDAcBAg2IiyIk/WjOgICCAAw
DAYIKoZIhvcNAgkFADAUBggqhkiG9w0DBwQIoBO2UQTgErkEgZBX4C1MGDgSDc0f
Xu1Mx08IH6hosxvpn/HkbL/08SqCmbgOeWpmVcUCrd+3XsyeMDN0rm6u8+mNWt/X
C/djSwowQTMOne97D161av7ERil3su42bxCibucbmYV+Q2CZncA3bOBnqDr+x3Zj
abszsXvVhQxnMxqG2b0md/AjY/4zfuc1coNhj4nYTx8q7S9HAnI=
-----END ENCRYPTED PRIVATE KEY-----
`;

/** A key on secp256k1. */
export const P256K1_PUBLIC = `-----BEGIN PUBLIC KEY-----
MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAE6Iif7prnVnZe9fvV4JsyGbnnPMLbVns/
44Ab2O3FFegYSA48l1EYH952c2uf0/1GLxjUdkodeGFB2sMgW6KOMA==
-----END PUBLIC KEY-----
`;
