package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

// The files of the folder, and who has what is in them.
const (
	tokens            = "tokens.csv"
	accountsKey       = "accounts.key"
	clientCertificate = "client.crt"
	clientKey         = "client.key"

	adminToken  = "admin-token"
	readerToken = "reader-token"
	readerName  = "reader"
)

// Writes the key that signs the tokens of service accounts; the tokens of an administrator and of a
// reader, who may do what is bound to this name; and a certificate that the reader has, too.
func writeCredentials(folder string) error {
	users := fmt.Sprintf("%s,admin,1,system:masters\n%s,%s,2\n", adminToken, readerToken, readerName)
	if err := os.WriteFile(filepath.Join(folder, tokens), []byte(users), 0o600); err != nil {
		return err
	}
	if _, err := writeKey(filepath.Join(folder, accountsKey)); err != nil {
		return err
	}
	key, err := writeKey(filepath.Join(folder, clientKey))
	if err != nil {
		return err
	}
	// It is its own authority.
	template := x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: readerName},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	certificate, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	return writePem(filepath.Join(folder, clientCertificate), "CERTIFICATE", certificate)
}

func writeKey(path string) (*rsa.PrivateKey, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	return key, writePem(path, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key))
}

func writePem(path, kind string, bytes []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}), 0o600)
}
