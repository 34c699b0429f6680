// Verifies chains as programs in Go do. Each argument is a directory with root.pem and chain.pem;
// for each that does not verify a line says why, and the exit code is 1.
package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
)

func certificates(file string) ([]*x509.Certificate, error) {
	rest, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var found []*x509.Certificate
	for block, rest := pem.Decode(rest); block != nil; block, rest = pem.Decode(rest) {
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		found = append(found, certificate)
	}
	return found, nil
}

func verify(directory string) error {
	roots, err := certificates(filepath.Join(directory, "root.pem"))
	if err != nil {
		return err
	}
	chain, err := certificates(filepath.Join(directory, "chain.pem"))
	if err != nil {
		return err
	}
	trusted, above := x509.NewCertPool(), x509.NewCertPool()
	for _, root := range roots {
		trusted.AddCert(root)
	}
	for _, certificate := range chain[1:] {
		above.AddCert(certificate)
	}
	_, err = chain[0].Verify(x509.VerifyOptions{
		DNSName:       "web.example.com",
		Roots:         trusted,
		Intermediates: above,
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	return err
}

func main() {
	code := 0
	for _, directory := range os.Args[1:] {
		if err := verify(directory); err != nil {
			fmt.Printf("%s: %v\n", filepath.Base(directory), err)
			code = 1
		}
	}
	os.Exit(code)
}
